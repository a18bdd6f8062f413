/* SPDX-License-Identifier: BSD-3-Clause */
/* Mail to the workers of a port. */
#include "port.h"

enum { DEADLINE_US = 500000 };

bool
la_port__mail(struct la_port *p, uint32_t worker, void (*run)(void *worker, void *arg), void *arg)
{
	bool answered;

	pthread_mutex_lock(&p->mail_lock);
	answered = la_mail__call(&p->worker[worker].mail, run, arg, DEADLINE_US);
	pthread_mutex_unlock(&p->mail_lock);
	return answered;
}

bool
la_port__mail_all(struct la_port *p, void (*run)(void *worker, void *arg), void *arg)
{
	bool all = true;

	for (uint32_t i = 0; i < p->workers; i++)
		all = la_port__mail(p, i, run, arg) && all;
	return all;
}
