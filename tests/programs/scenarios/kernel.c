/* The kernel: what changes it or looks into it. */
#include "scenarios.h"

const struct scenario kernel[] = {
	{ 0 },
};
