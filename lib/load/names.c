/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys and help texts; a test holds the keys against load_failures.def. */
#include "la_load.h"

static const char *const help_texts[LA_LOAD_FAILURES] = {
#define X(name, help) [LA_FAIL_##name] = help,
#include "load_failures.def"
#undef X
};

static const char *const names[LA_LOAD_FAILURES] = {
	[LA_FAIL_REFUSED] = "refused",
	[LA_FAIL_TIMEOUT] = "timeout",
	[LA_FAIL_RESET] = "reset",
	[LA_FAIL_WRONG_DATA] = "wrong_data",
	[LA_FAIL_CLOSED_EARLY] = "closed_early",
	[LA_FAIL_NO_PORT] = "no_port",
	[LA_FAIL_NO_ROOM] = "no_room",
	[LA_FAIL_NO_NEIGHBOUR] = "no_neighbour",
	[LA_FAIL_LATE] = "late",
	[LA_FAIL_UNFINISHED] = "unfinished",
};

const char *
la_load_failure_name(enum la_load_failure failure)
{
	return failure < LA_LOAD_FAILURES ? names[failure] : "?";
}

const char *
la_load_failure_help(enum la_load_failure failure)
{
	return failure < LA_LOAD_FAILURES ? help_texts[failure] : "?";
}

const char *
la_load_phase_name(enum la_load_phase phase)
{
	static const char *const phases[] = {
		[LA_LOAD_IDLE] = "idle", [LA_LOAD_RESOLVE] = "resolve", [LA_LOAD_LIVE] = "live",
		[LA_LOAD_RAMP] = "ramp", [LA_LOAD_SUSTAIN] = "sustain",
		[LA_LOAD_RAMP_DOWN] = "ramp_down", [LA_LOAD_DRAIN] = "drain",
		[LA_LOAD_DONE] = "done",
	};

	return phase <= LA_LOAD_DONE ? phases[phase] : "?";
}

const char *
la_load_service_name(enum la_load_service service)
{
	static const char *const services[] = {
		[LA_LOAD_CONNECT] = "connect", [LA_LOAD_HTTP] = "http", [LA_LOAD_ECHO] = "echo",
		[LA_LOAD_HOLD] = "hold",
	};

	return service <= LA_LOAD_HOLD ? services[service] : "?";
}
