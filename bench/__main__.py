"""Runs the measurements by name, all by default, and prints one table each."""

import argparse
import json
from pathlib import Path

from bench import draining, planning, receiver, screens, storefront

MEASUREMENTS = {
    "receiver": receiver.measure,
    "draining": draining.measure,
    "planning": planning.measure,
    "storefront": storefront.measure,
    "screens": screens.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="./run bench", description="Measure what is fast.")
    parser.add_argument("names", nargs="*", choices=[[], *MEASUREMENTS], help="which; all by default")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each round takes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers here")
    given = parser.parse_args()
    results = {name: MEASUREMENTS[name](given.seconds) for name in given.names or MEASUREMENTS}
    for name, rows in results.items():
        print(f"\n{name}")
        for label, numbers in rows.items():
            print(f"  {label:<58}" + "".join(f"{value:>12,.1f} {unit}" for unit, value in numbers.items()))
    if given.json:
        given.json.write_text(json.dumps(results, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
