"""spark_answers.py DATASET FOLDER QUERY.sql...: what Spark answers, of a dataset that `tracee replay --to parquet` made.

A master and two workers run on loopback meanwhile, and end with this. Settings are Spark's own. Leaves FOLDER/QUERY.json with a
JSON object a row, or FOLDER/QUERY.error.
"""

import ctypes
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import pyspark
from pyspark.sql import SparkSession

from plain import plain

# However busy the machine is: all of it, and until the master listens.
PATIENCE_S = 900
START_S = 120
PR_SET_PDEATHSIG = 1
HOST = "127.0.0.1"
CLASSES = "org.apache.spark.deploy"


def end_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def begin(folder, *arguments):
    """Starts a part of the cluster."""
    program = pathlib.Path(pyspark.__file__).parent / "bin" / "spark-class"
    environment = dict(os.environ, SPARK_LOCAL_IP=HOST, SPARK_DAEMON_MEMORY="512m")
    log = open(folder / "cluster.log", "ab")
    return subprocess.Popen(
        [str(program), *arguments], env=environment, stdout=log, stderr=log, cwd=folder, preexec_fn=end_with_parent
    )


def free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def wait_for(port):
    began = time.monotonic()
    while time.monotonic() - began < START_S:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.2)
    raise TimeoutError("the master does not listen")


def cluster(folder):
    """A master and two workers; gives the processes and the master's address."""
    port = free_port()
    at = ["--host", HOST, "--webui-port", "0"]
    processes = [begin(folder, CLASSES + ".master.Master", *at, "--port", str(port))]
    wait_for(port)
    url = "spark://{}:{}".format(HOST, port)
    for number in range(2):
        work = str(folder / "work-{}".format(number))
        worker = ["--cores", "1", "--memory", "1g", "--work-dir", work, url]
        processes.append(begin(folder, CLASSES + ".worker.Worker", *at, *worker))
    return processes, url


def answer(spark, folder, queries):
    for query in queries:
        out = folder / query.stem
        try:
            frame = spark.sql(query.read_text().strip().rstrip(";"))
            rows = [dict(zip(frame.columns, map(plain, row))) for row in frame.collect()]
            out.with_suffix(".json").write_text("".join(json.dumps(row) + "\n" for row in rows))
        except Exception as error:  # Whatever it is, it is the answer.
            out.with_suffix(".error").write_text(str(error))


def main():
    dataset, folder, *queries = map(pathlib.Path, sys.argv[1:])
    signal.alarm(PATIENCE_S)
    # Files are found from the dataset's own folder.
    os.chdir(dataset)
    os.environ["SPARK_LOCAL_IP"] = HOST
    processes, url = cluster(folder)
    try:
        settings = SparkSession.builder.master(url).appName("tracee").config("spark.ui.enabled", "false")
        settings = settings.config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        spark = settings.config("spark.driver.host", HOST).getOrCreate()
        spark.sparkContext.setLogLevel("ERROR")
        for statement in (dataset / "views" / "spark.sql").read_text().split(";\n"):
            if statement.strip():
                spark.sql(statement)
        answer(spark, folder, queries)
        spark.stop()
    finally:
        for process in reversed(processes):
            process.terminate()
            process.wait()


main()
