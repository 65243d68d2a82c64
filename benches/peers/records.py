"""The races that are kept: a folder for each CPU, and a table of all of them side by side. Needs no package."""

from __future__ import annotations

import json
import re

from environment import ROOT
from results import WorkloadResult, number
from tables import bars_table, table, workload_table

PAGE = ROOT / "docs" / "performance.md"
FOLDERS = ROOT / "docs" / "performance"
BEGIN, END = "<!-- races: begin -->", "<!-- races: end -->"
CPU = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

INTRODUCTION = (
    "`python3 benches/peers/peers.py --write CPU` writes this page;\n"
    "[performance.md](../../performance.md#against-other-software) says who takes part and how the race is run.\n"
    "Times are medians and ranges of interleaved rounds, ratios of the times within a round."
)


def keep(cpu: str, date: str, card: str, results: list[WorkloadResult]) -> None:
    """Writes the race of a CPU into its folder, and all races into the page."""
    folder = FOLDERS / cpu
    folder.mkdir(parents=True, exist_ok=True)
    tables = [card, *map(workload_table, results), bars_table(results)]
    page = f"# The race on {cpu}\n\n{INTRODUCTION}\n\n" + "\n\n".join(tables) + "\n"
    (folder / "race.md").write_text(page)
    ratios = {
        result.name: {bar.other: result.ratio(each.name, bar.other).median for bar in each.bars}
        for result in results
        for each in result.contenders
        if each.name == "gausstack" and each.bars
    }
    titles = {result.name: result.subject() for result in results if result.name in ratios}
    # The day, what was raced and how many times as long as the others gausstack took, for the table of all.
    record = {"date": date, "titles": titles, "ratios": ratios}
    (folder / "race.json").write_text(json.dumps(record, indent=1) + "\n")
    write_page()


def write_page() -> None:
    """Replaces what stands between the marks of the page by the table of all races."""
    records = {
        path.parent.name: json.loads(path.read_text()) for path in sorted(FOLDERS.glob("*/race.json"))
    }
    text = PAGE.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{PAGE} has no marks {BEGIN} and {END}")
    PAGE.write_text(f"{before}{begin}\n{side_by_side(records)}\n{end}{after}")


def side_by_side(records: dict[str, dict]) -> str:
    """One line for each workload and rival, one column for each CPU."""
    heads = [f"[{cpu}](performance/{cpu}/race.md)" for cpu in records]
    lines = [["workload", "gausstack /", *heads], ["", "", *(each["date"] for each in records.values())]]
    titles = {name: title for each in records.values() for name, title in each["titles"].items()}
    for name, title in titles.items():
        rivals = [rival for each in records.values() for rival in each["ratios"].get(name, {})]
        for rival in dict.fromkeys(rivals):
            found = [each["ratios"].get(name, {}).get(rival) for each in records.values()]
            cells = ["" if ratio is None else number(ratio) for ratio in found]
            lines.append([f"{name}: {title}", rival, *cells])
    return table(lines, texts=2, remarks=0)
