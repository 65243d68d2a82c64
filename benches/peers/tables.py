"""Results as Markdown tables, padded so that they read well on a terminal too. Needs no package."""

from __future__ import annotations

from bars import Bar
from results import ContenderResult, WorkloadResult, number

CLIFFS = "cliffs"


def workload_table(result: WorkloadResult) -> str:
    """A heading, the quality of the rounds, and one line per contender."""
    heading = f"**{result.name}**: {result.subject()}. {result.quality().capitalize()}."
    lines = _cliff_lines(result) if result.name == CLIFFS else _race_lines(result)
    return f"{heading}\n\n{table(lines)}"


def _race_lines(result: WorkloadResult) -> list[list[str]]:
    lines = [["", "ms", "Mpixel/s", "gausstack / it", "largest error", ""]]
    for each in result.contenders:
        ratio = "" if each.name == each.rival else result.ratio(each.rival, each.name).text()
        lines.append([each.name, *_time(each), ratio, *_answer(each)])
    return lines


def _cliff_lines(result: WorkloadResult) -> list[list[str]]:
    base = result.contenders[0]
    lines = [["", "ms", "Mpixel/s", f"it / {base.name}, per pixel", "largest error", ""]]
    for each in result.contenders:
        ratio = "" if each is base else result.ratio(each.name, base.name, "pixel").text()
        lines.append([each.name, *_time(each), ratio, *_answer(each)])
    return lines


def _time(each: ContenderResult) -> list[str]:
    return [each.time().text(), f"{each.pixels / each.time().median / 1e3:.0f}"]


def _answer(each: ContenderResult) -> list[str]:
    error = "" if each.error is None else f"{each.error:.1e}"
    remark = "; ".join(filter(None, ["WRONG" if each.wrong else "", each.remark]))
    return [error, remark]


def bars_table(results: list[WorkloadResult]) -> str:
    """Every ratio that has a bar on some core, as it was measured, with the bar of this one."""
    lines = [["workload", "ratio", "measured", "bar", "holds"]]
    for result in results:
        for each in result.contenders:
            for bar in each.bars:
                lines.append(_bar_line(result, each, bar))
    return table(lines, texts=2)


def _bar_line(result: WorkloadResult, each: ContenderResult, bar: Bar) -> list[str]:
    ratio = result.ratio(each.name, bar.other, bar.per)
    per = "" if bar.per == "run" else f", per {bar.per}"
    most = bar.on(result.tuning)
    if most is None:
        bound, holds = "none", ""
    else:
        bound, holds = number(most), "yes" if ratio.median <= most else "NO"
    return [result.name, f"{each.name} / {bar.other}{per}", ratio.text(), bound, holds]


def answers_table(results: list[WorkloadResult]) -> str:
    """What every contender answered, without times."""
    lines = [["workload", "contender", "largest error", ""]]
    for result in results:
        checked = [each for each in result.contenders if each.error is not None]
        lines += [[result.name, each.name, *_answer(each)] for each in checked]
    return table(lines, texts=2)


def card(results: list[WorkloadResult], date: str, versions: dict[str, str]) -> str:
    """The machine, the day, the build, and the versions of everything that raced."""
    lines = [*results[0].machine, f"date     {date}"]
    names = ", ".join(f"{name} {version}" for name, version in versions.items())
    return "\n".join(["```text", *lines, f"peers    {names}", "```"])


def table(lines: list[list[str]], texts: int = 1, remarks: int = 1) -> str:
    """The first line is the head. Numbers go to the right: all but the first columns and the last ones."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    is_number = [texts <= column < len(widths) - remarks for column in range(len(widths))]
    rule = ["-" * (width + 1) + (":" if right else "-") for width, right in zip(widths, is_number)]
    rows = []
    for line in lines:
        cells = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, is_number)
        ]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join([rows[0], "|" + "|".join(rule) + "|", *rows[1:]])
