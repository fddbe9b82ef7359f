"""Waits until a server answers, then asks it COUNT times: visit.py URL COUNT."""
import sys
import time
import urllib.request

url, count = sys.argv[1], int(sys.argv[2])
for attempt in range(200):
    try:
        urllib.request.urlopen(url).close()
        break
    except OSError:
        time.sleep(0.05)
for _ in range(count):
    with urllib.request.urlopen(url) as answer:
        assert answer.status == 200 and answer.read()
