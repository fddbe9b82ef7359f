/* Opens PATH-NUMBER, counting, until it is killed or half a minute is over. */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(int count, char **arguments)
{
	time_t end = time(NULL) + 30;
	char path[256];
	unsigned long i;

	if (count < 2)
		return 2;
	for (i = 0; time(NULL) < end; i++) {
		snprintf(path, sizeof(path), "%s-%lu", arguments[1], i);
		open(path, O_RDONLY);
		if (!(i % 64))
			usleep(1000);
	}
	return 0;
}
