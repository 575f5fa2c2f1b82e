"""The reconciliation's queries on Apache Spark: the same SQL files over the same Parquet, a table a step.

    spark-submit scale/spark/reconcile.py --plan plan.json --out folder

A plan names what the queries read (Parquet files, or small tables given by a query) and the queries in their order
(`SqlPlan` in reconciliation/src/sql/plan.ts). Each step's rows are Parquet under `<out>/<step>`. The last line of the output
is JSON: seconds in all and of each step, and the number of entries of each status.

What makes one merchant with a third of the volume harmless is in the queries: they number both sides instead of pairing
all with all. What is left to Spark: small tables are broadcast, and adaptive execution splits a partition of a join that
is much larger than the others.
"""

import argparse
import json
import os
import sys
import time
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import lit

RESULT = "reconciliation_index"


def main() -> None:
    args = parse_arguments()
    with open(args.plan, encoding="utf-8") as file:
        plan = json.load(file)
    session = open_session(args)
    try:
        started = time.monotonic()
        bind_views(session, plan["views"])
        steps = {step["name"]: run_step(session, step, args.out) for step in plan["steps"]}
        seconds = time.monotonic() - started
        print(json.dumps({"seconds": seconds, "steps": steps, "statuses": statuses(session, steps)}))
    finally:
        session.stop()


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run the reconciliation's queries on Spark")
    parser.add_argument("--plan", required=True, help="JSON file of queries and what they read")
    parser.add_argument("--out", required=True, help="folder, or URL of one, for a table of each step")
    parser.add_argument("--master", help="without spark-submit: local[2], for example")
    parser.add_argument("--memory", default="2g", help="of the driver, with --master (default: %(default)s)")
    parser.add_argument("--skewed-partition", default="64m", help="larger ones of a join are split (default: %(default)s)")
    args = parser.parse_args()
    if not os.path.isfile(args.plan):
        parser.error(f"--plan {args.plan}: there is no such file; reconciliation's plan is JSON")
    return args


def open_session(args: argparse.Namespace) -> SparkSession:
    builder = SparkSession.builder.appName("reconciliation")
    if args.master is not None:
        builder = builder.master(args.master).config("spark.driver.memory", args.memory).config("spark.ui.enabled", "false")
    settings = {
        # As DuckDB and Postgres read and write times here.
        "spark.sql.session.timeZone": "UTC",
        # Arithmetic that does not fit is an error, not a null.
        "spark.sql.ansi.enabled": "true",
        "spark.sql.adaptive.enabled": "true",
        "spark.sql.adaptive.skewJoin.enabled": "true",
        "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes": args.skewed_partition,
        "spark.sql.parquet.compression.codec": "zstd",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    # What the engines do not have in common.
    session.sql(
        "create temporary function days_between(earlier date, later date) returns int return datediff(later, earlier)"
    )
    return session


def bind_views(session: SparkSession, views: dict[str, Any]) -> None:
    for name, view in views.items():
        rows = session.sql(view["sql"]) if "sql" in view else read_files(session, view)
        rows.createOrReplaceTempView(name)


def read_files(session: SparkSession, view: dict[str, Any]) -> DataFrame:
    """What files of an earlier version do not have is null."""
    rows = session.read.option("mergeSchema", "true").parquet(*view["files"])
    for column, kind in view["columns"].items():
        if column not in rows.columns:
            rows = rows.withColumn(column, lit(None).cast(kind))
    return rows


def run_step(session: SparkSession, step: dict[str, str], out: str) -> float:
    """Makes the table of a step. Later steps read what was written, so nothing is computed twice."""
    started = time.monotonic()
    name = step["name"]
    path = f"{out}/{name}"
    session.sql(step["query"]).write.mode("overwrite").parquet(path)
    session.read.parquet(path).createOrReplaceTempView(name)
    seconds = time.monotonic() - started
    print(f"{name} {seconds:.1f} s", file=sys.stderr)
    return seconds


def statuses(session: SparkSession, steps: dict[str, float]) -> dict[str, int]:
    if RESULT not in steps:
        return {}
    counted = session.sql(f"select status, count(*) as n from {RESULT} group by status").collect()
    return {row["status"]: row["n"] for row in counted}


if __name__ == "__main__":
    main()
