"""An independent reference of the studies in PyTorch, written from the papers alone.

    python results/reference STUDY… [--seeds N] [--arms PATTERN] [--threads N] [--out FILE.json]

Each arm is trained for each seed, and its test accuracy and loss are written to the file at once; what is in the file is not trained again.
"""

import argparse
import json
import re
import statistics
import time
from pathlib import Path

import torch

from lottery import lottery, lottery_demo
from studies import (
    batch_norm,
    dpf,
    dsd,
    hybrid,
    hybrid_fashion,
    latent_be,
    rethinking_filters,
    rethinking_weights,
    rewinding,
    simkd,
)
from task import Arms

STUDIES = {
    "dpf": dpf,
    "hybrid": hybrid,
    "hybrid-fashion": hybrid_fashion,
    "dsd": dsd,
    "rewinding": rewinding,
    "lottery": lottery,
    "lottery-demo": lottery_demo,
    "batch-norm": batch_norm,
    "rethinking-weights": rethinking_weights,
    "rethinking-filters": rethinking_filters,
    "simkd": simkd,
    "latent-be": latent_be,
}

# Of a study by its arms, then by seed.
Numbers = dict[str, dict[str, dict[str, float]]]


def run(study: str, seeds: int, pattern: str, file: Path) -> None:
    for seed in range(seeds):
        arms: Arms = STUDIES[study](seed)
        for name, arm in arms:
            known = read(file).get(study, {}).get(name, {})
            if str(seed) in known or re.search(pattern, name) is None:
                continue
            began = time.monotonic()
            measured = arm()
            write(file, study, name, seed, {"accuracy": measured.accuracy, "loss": measured.loss})
            took = time.monotonic() - began
            print(f"{study} seed {seed} {name}: {100 * measured.accuracy:.2f} % ({took:.0f} s)", flush=True)


def read(file: Path) -> dict[str, Numbers]:
    return json.loads(file.read_text())["studies"] if file.exists() else {}


def write(file: Path, study: str, arm: str, seed: int, measured: dict[str, float]) -> None:
    studies = read(file)
    studies.setdefault(study, {}).setdefault(arm, {})[str(seed)] = {name: round(value, 6) for name, value in measured.items()}
    # Renamed into place: an interrupted run leaves the file whole.
    partial = file.with_suffix(".partial")
    partial.write_text(f"{json.dumps({'pytorch': torch.__version__, 'studies': studies}, indent=2, ensure_ascii=False)}\n")
    partial.rename(file)


def summary(study: str, numbers: Numbers) -> str:
    lines = [study]
    for name, by_seed in numbers.items():
        accuracies = [100 * one["accuracy"] for one in by_seed.values()]
        spread = f" ± {statistics.stdev(accuracies):.2f}" if len(accuracies) > 1 else ""
        lines.append(f"  {name:<28} {statistics.mean(accuracies):.2f}{spread} ({len(accuracies)})")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="results/reference")
    parser.add_argument("studies", nargs="+", choices=list(STUDIES), metavar="STUDY", help=", ".join(STUDIES))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--arms", default="", metavar="PATTERN", help="only arms whose name has this regular expression in it")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "numbers.json", metavar="FILE.json")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    for study in options.studies:
        run(study, options.seeds, options.arms, options.out)
        print(summary(study, read(options.out).get(study, {})), flush=True)


main()
