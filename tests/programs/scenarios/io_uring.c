/* io_uring: rings and what is submitted to them. */
#include "scenarios.h"

const struct scenario io_uring[] = {
	{ 0 },
};
