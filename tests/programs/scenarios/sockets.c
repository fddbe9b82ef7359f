/* Sockets and the flows through them. */
#include "scenarios.h"

const struct scenario sockets[] = {
	{ 0 },
};
