"""Asks Spark: which rows does each statement find?

Reads `{"sets": [{"tables": {NAME: {"columns": [[NAME, TYPE], ...], "rows": [[VALUE, ...], ...]}}, "statements": [SQL, ...]}, ...]}`
from standard input; moments are in ns since 1970. Writes for each set a list, for each statement its list of event keys.
"""

import datetime
import ipaddress
import json
import sys

from pyspark.sql import SparkSession
from pyspark.sql.types import BooleanType, DoubleType, LongType, StringType, StructField, StructType, TimestampType

TYPES = {"integer": LongType(), "number": DoubleType(), "boolean": BooleanType(), "text": StringType(), "timestamp": TimestampType()}


def cidr_match(address, network):
    if address is None:
        return None
    try:
        address = ipaddress.ip_address(address)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address in ipaddress.ip_network(network)


def moment(kind, value):
    if kind != "timestamp" or value is None:
        return value
    return datetime.datetime.fromtimestamp(value // 1_000_000_000, datetime.timezone.utc)


def main():
    asked = json.load(sys.stdin)
    spark = (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    spark.udf.register("cidr_match", cidr_match, BooleanType())
    answers = []
    for rows_of in asked["sets"]:
        for name, table in rows_of["tables"].items():
            kinds = [kind for _, kind in table["columns"]]
            schema = StructType([StructField(column, TYPES[kind]) for column, kind in table["columns"]])
            rows = [[moment(kind, value) for kind, value in zip(kinds, row)] for row in table["rows"]]
            spark.createDataFrame(rows, schema).coalesce(1).createOrReplaceTempView(name)
        answers.append([[row.event_key for row in spark.sql(sql).collect()] for sql in rows_of["statements"]])
    json.dump(answers, sys.stdout)


main()
