"""What the values of a catalogue file mean together: references, units, and rules that decide something.

Each check takes one well-formed criterion with its node and yields what is wrong with it; `CHECKS` lists them.
A rule that nothing can pass, or nothing can fail, is a slip of the author and is refused like any other.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from inspection.catalogue_nodes import CatalogueFault, Node
from inspection.criteria import AnswerKind, Condition, Criterion
from inspection.measures import UNITS, Dimension, Unit

LONGEST_LIMIT = 120  # characters; lists and letters show the limit on one line
LONGEST_CHAIN = 8  # criteria, each the condition of the one before

_OPS = {
    AnswerKind.NUMBER: ("min", "max", "between"),
    AnswerKind.COUNT: ("min", "max", "between", "min_per"),
    AnswerKind.BOOLEAN: ("is",),
    AnswerKind.CHOICE: ("one_of",),
}


@dataclass(frozen=True, slots=True)
class Named:
    """What criteria may refer to. criteria: the well-formed ones; ids: of all, also of the ill-formed ones."""

    zones: frozenset[str]
    kinds: tuple[str, ...]
    companions: frozenset[str]
    ids: frozenset[str]
    criteria: Mapping[str, Criterion]


Faults = Iterator[CatalogueFault]


def check_references(criterion: Criterion, node: Node, named: Named) -> Faults:
    """Zone, kinds of facility and companion are named in the file; a missing section is one fault, not ninety."""
    if named.zones and criterion.zone not in named.zones:
        yield _unknown_zone(node.at("zone"), criterion.zone, named)
    for index, kind in enumerate(criterion.applies_to):
        if named.kinds and kind not in named.kinds:
            yield node.at("applies_to", index).wrong(f"unknown kind of facility {kind}", ", ".join(named.kinds))
    if criterion.rule.of is not None and criterion.rule.of not in named.companions:
        accepted = ", ".join(sorted(named.companions)) or "a companion that the file names"
        yield node.at("rule", "of").wrong(f"unknown companion {criterion.rule.of}", accepted)


def _unknown_zone(node: Node, zone: str, named: Named) -> CatalogueFault:
    return node.wrong(f"unknown zone {zone}", ", ".join(sorted(named.zones)))


def check_unit(criterion: Criterion, node: Node, _named: Named) -> Faults:
    """Numbers and counts have a unit of their sort, other answers have none."""
    counted = criterion.kind is AnswerKind.COUNT
    fitting = [code for code, unit in UNITS.items() if (unit.dimension is Dimension.COUNT) == counted]
    if criterion.kind not in (AnswerKind.NUMBER, AnswerKind.COUNT):
        fitting = []
    if criterion.unit is None and fitting:
        yield node.at("unit").wrong(f"a {criterion.kind} needs a unit", ", ".join(fitting))
    elif criterion.unit is not None and criterion.unit not in fitting:
        yield node.at("unit").wrong(
            f"{criterion.unit} is no unit of a {criterion.kind}", ", ".join(fitting) or "null"
        )


def check_rule(criterion: Criterion, node: Node, _named: Named) -> Faults:
    """The op suits the kind of answer, and there are answers that pass and answers that fail."""
    rule, at = criterion.rule, node.at("rule")
    if rule.op not in _OPS[criterion.kind]:
        yield at.at("op").wrong(f"{rule.op} cannot judge a {criterion.kind}", ", ".join(_OPS[criterion.kind]))
    elif rule.op == "one_of":
        yield from _check_options(criterion, at)
    elif (unit := UNITS.get(criterion.unit or "")) is not None:
        yield from _check_limits(criterion, at, unit)


def _check_options(criterion: Criterion, at: Node) -> Faults:
    rule = criterion.rule
    for index, option in enumerate(rule.passing):
        if option not in rule.options:
            yield at.at("pass", index).wrong(f"{option} is not among the options", ", ".join(rule.options))
    if set(rule.passing) >= set(rule.options):
        yield at.at("pass").wrong("nothing can fail: every option passes", "fewer than all options")
    if len(", ".join(rule.passing)) > LONGEST_LIMIT:
        yield at.at("pass").wrong("the options that pass are too long", f"{LONGEST_LIMIT} characters together")


def _check_limits(criterion: Criterion, at: Node, unit: Unit) -> Faults:
    rule = criterion.rule
    ends = {"min": rule.low, "max": rule.high} if rule.op == "between" else {"value": rule.value}
    limits = {name: float(end) for name, end in ends.items() if end is not None}  # the form let only numbers pass
    for name, limit in limits.items():
        yield from _check_limit(limit, at.at(name), unit)
    if rule.relaxed is not None:
        yield from _check_limit(rule.relaxed, at.at("relaxed", "value"), unit)
        yield from _check_relaxed(rule.op, limits["value"], rule.relaxed, at.at("relaxed", "value"))
    if rule.op == "between" and limits["min"] > limits["max"]:
        yield at.wrong("nothing can pass: min is above max", "min at most max")
    if (rule.op == "max" and max(limits["value"], rule.relaxed or 0) == unit.most) or (
        rule.op == "between" and (limits["min"], limits["max"]) == (0, unit.most)
    ):
        yield at.wrong(f"nothing can fail: nobody measures more than {unit.most:g}", "a limit below that")
    if rule.op in ("min", "min_per") and min(limits["value"], rule.relaxed or limits["value"]) <= 0:
        yield at.at("value").wrong("nothing can fail: nothing is less than 0", "more than 0")
    for n, (upto, wanted) in enumerate(rule.steps):
        yield from _check_limit(upto, at.at("steps", n, "upto"), unit)
        yield from _check_limit(wanted, at.at("steps", n, "value"), unit)
        if not 0 < wanted <= upto:
            yield at.at("steps", n, "value").wrong(
                f"of {upto:g} there cannot be {wanted:g}", f"more than 0, at most {upto:g}"
            )
        if n and upto <= rule.steps[n - 1][0]:
            yield at.at("steps", n, "upto").wrong("the steps do not rise", f"more than {rule.steps[n - 1][0]:g}")
    if rule.per is not None and not 0 < rule.per <= unit.most:
        yield at.at("per").wrong(
            f"{rule.per:g} of something cannot be counted", f"more than 0, at most {unit.most:g}"
        )


def _check_limit(limit: float, at: Node, unit: Unit) -> Faults:
    if not 0 <= limit <= unit.most:
        yield at.wrong(f"{limit:g} is outside of what can be measured", f"0 to {unit.most:g} {unit.code}")
    elif round(limit, unit.decimals) != limit:
        accepted = f"at most {unit.decimals} decimals" if unit.decimals else "a whole number"
        yield at.wrong(f"{limit!r} is finer than {unit.code} are measured", accepted)


def _check_relaxed(op: str, limit: float, relaxed: float, at: Node) -> Faults:
    if op == "max" and relaxed <= limit:
        yield at.wrong("the relaxed limit is no easier than the limit", f"more than {limit:g}")
    if op == "min" and relaxed >= limit:
        yield at.wrong("the relaxed limit is no easier than the limit", f"less than {limit:g}")


def check_source(criterion: Criterion, node: Node, _named: Named) -> Faults:
    """A clause that is not named cannot have been verified, nor be national law."""
    sources = [(criterion.source, node.at("source"))]
    sources += [(source, node.at("also", index)) for index, source in enumerate(criterion.also)]
    for source, at in sources:
        if source.verified and source.clause is None:
            yield at.at("verified").wrong("verified, but no clause is named", "false, or the clause")
    if criterion.basis == "national" and criterion.source.clause is None:
        yield node.at("basis").wrong("national law, but no clause is named", "practice, reference or project")


def check_block(criterion: Criterion, node: Node, _named: Named) -> Faults:
    """Only groups that the criterion affects are obstructed by it."""
    for group in criterion.block or {}:
        if group not in criterion.groups:
            yield node.at("block", group).wrong(f"{group} is not among its groups", ", ".join(criterion.groups))


def check_condition(criterion: Criterion, node: Node, named: Named) -> Faults:
    """The parent exists, applies wherever the child does, and can be answered as the condition asks."""
    condition, at = criterion.applies_if, node.at("applies_if")
    if condition is None:
        return
    if (condition.at_least is None) == (not condition.among):
        yield at.wrong("a condition has either in or min", "one of the keys in and min")
    if condition.criterion not in named.ids:
        yield at.at("criterion").wrong(f"unknown criterion {condition.criterion}", "the id of another criterion")
    parent = named.criteria.get(condition.criterion)
    if parent is None:
        return
    missing = [kind for kind in criterion.applies_to if kind not in parent.applies_to]
    if missing:
        lacking = ", ".join(missing)
        yield at.at("criterion").wrong(
            f"{parent.id} does not apply to {lacking}", "a criterion that applies wherever this one does"
        )
    if condition.at_least is not None:
        yield from _check_at_least(condition.at_least, parent, at.at("min"))
    elif condition.among:
        yield from _check_among(condition, parent, at.at("in"))


def _check_at_least(least: float, parent: Criterion, at: Node) -> Faults:
    if parent.kind not in (AnswerKind.NUMBER, AnswerKind.COUNT):
        yield at.wrong(f"{parent.id} is a {parent.kind}, not a number", "in: and a list of its answers")
    elif (unit := UNITS.get(parent.unit or "")) is not None and not 0 < least <= unit.most:
        yield at.wrong(f"{least:g} excludes nothing or everything", f"more than 0, at most {unit.most:g}")


def _check_among(condition: Condition, parent: Criterion, at: Node) -> Faults:
    possible: tuple[bool | str, ...] = ()
    if parent.kind is AnswerKind.BOOLEAN:
        possible = (True, False)
    elif parent.kind is AnswerKind.CHOICE:
        possible = parent.rule.options
    accepted = ", ".join(str(answer).lower() for answer in possible) or "min: and a number"
    for index, answer in enumerate(condition.among):
        if answer not in possible:
            yield at.at(index).wrong(f"{parent.id} cannot be answered {str(answer).lower()}", accepted)


def check_circles(criterion: Criterion, node: Node, named: Named) -> Faults:
    """No criterion waits for itself, straight or through others, or for the end of a long chain."""
    chain = [criterion.id]
    current: Criterion | None = criterion
    while current is not None and current.applies_if is not None:
        chain.append(current.applies_if.criterion)
        at = node.at("applies_if", "criterion")
        if chain[-1] == criterion.id:
            yield at.wrong(f"conditions in a circle: {' → '.join(chain)}", "one that does not depend on it")
            return
        if len(chain) > LONGEST_CHAIN:
            yield at.wrong("too long a chain of conditions", f"at most {LONGEST_CHAIN} criteria, and no circle")
            return
        current = named.criteria.get(chain[-1])


CHECKS = (
    check_references,
    check_unit,
    check_rule,
    check_source,
    check_block,
    check_condition,
    check_circles,
)


def check_zone_use(zone_use: Mapping[str, Mapping[str, float]], node: Node, named: Named) -> Faults:
    """There is a default, every other row is of a known kind, and every row names every zone."""
    if "default" not in zone_use:
        yield node.wrong("the row default is missing", "a row named default")
    for kind, shares in zone_use.items():
        if named.kinds and kind != "default" and kind not in named.kinds:
            accepted = ", ".join(("default", *named.kinds))
            yield node.at(kind).wrong(f"unknown kind of facility {kind}", accepted)
        for zone in shares:
            if named.zones and zone not in named.zones:
                yield _unknown_zone(node.at(kind, zone), zone, named)
        if missing := sorted(named.zones - set(shares)):
            yield node.at(kind).wrong(f"zones are missing: {', '.join(missing)}", ", ".join(sorted(named.zones)))


def check_unique(entries: Node) -> Faults:
    """No two entries of a list have the same id."""
    seen: dict[object, int] = {}
    for entry in entries.value if isinstance(entries.value, list) else ():
        id_node = entry.at("id")
        if id_node is entry or not isinstance(id_node.value, str):
            continue  # the form has said so already
        if id_node.value in seen:
            yield id_node.wrong(
                f"the id {id_node.value} stands already in line {seen[id_node.value]}", "an id of its own"
            )
        seen.setdefault(id_node.value, id_node.line)
