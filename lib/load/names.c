/* SPDX-License-Identifier: BSD-3-Clause */
/* Names and help texts. */
#include "la_load.h"

static const struct { const char *key, *help; } failures[LA_LOAD_FAILURES] = {
#define X(name, key, help) [LA_FAIL_##name] = { #key, help },
#include "load_failures.def"
#undef X
};

const char *
la_load_failure_name(enum la_load_failure failure)
{
	return failure < LA_LOAD_FAILURES ? failures[failure].key : "?";
}

const char *
la_load_failure_help(enum la_load_failure failure)
{
	return failure < LA_LOAD_FAILURES ? failures[failure].help : "?";
}

const char *
la_load_phase_name(enum la_load_phase phase)
{
	static const char *const phases[] = {
		[LA_LOAD_PHASE_IDLE] = "idle", [LA_LOAD_PHASE_RESOLVE] = "resolve",
		[LA_LOAD_PHASE_LIVE] = "live", [LA_LOAD_PHASE_RAMP] = "ramp",
		[LA_LOAD_PHASE_SUSTAIN] = "sustain", [LA_LOAD_PHASE_RAMP_DOWN] = "ramp_down",
		[LA_LOAD_PHASE_DRAIN] = "drain", [LA_LOAD_PHASE_DONE] = "done",
	};

	return phase <= LA_LOAD_PHASE_DONE ? phases[phase] : "?";
}

const char *
la_load_service_name(enum la_load_service service)
{
	static const char *const services[] = {
		[LA_LOAD_SERVICE_CONNECT] = "connect", [LA_LOAD_SERVICE_HTTP] = "http",
		[LA_LOAD_SERVICE_ECHO] = "echo", [LA_LOAD_SERVICE_HOLD] = "hold",
	};

	return service <= LA_LOAD_SERVICE_HOLD ? services[service] : "?";
}
