/* SPDX-License-Identifier: BSD-3-Clause */
#include "la_class.h"

const char *
la_class_name(enum la_class of)
{
	switch (of) {
	case LA_CLASS_OK:
		return "ok";
	case LA_CLASS_INFO:
		return "info";
	case LA_CLASS_DROP:
		return "drop";
	case LA_CLASS_EVENT:
		return "event";
	}
	return "?";
}
