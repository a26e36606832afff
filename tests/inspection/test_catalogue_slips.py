"""What is no YAML is explained alike by both makes of the parser, and never in the parser's own words."""

from typing import Any

import pytest
import yaml

from inspection.catalogue_slips import what_is_no_yaml

SLIPS = {
    "title: Ramp: the slope": "a colon where none can stand",
    "a: 1\n b: 2": "a colon where none can stand",
    "a: - b": "a dash where no list can begin",
    "a:\n - 1\n b": "a key without a colon",
    "\na: [1, 2\nb: 3": "in the bracket opened in line 2 a comma",
    "a: {x: 1": "in the bracket opened in line 1 a comma",
    "a: 1\nb: 'it is": "the quotes opened in line 2 are not closed",
    "a: '\n---\n'": "the quotes opened in line 1 are not closed",
    "a:\n\t- b": "a value begins with a tab",
    "a: @b": "a value begins with a tab, @",
    "a: * b": "a value begins with a tab, @, *",
    'a: "C:\\q"': "an unknown sign after a backslash",
    'a: "\\xzz"': "an unknown sign after a backslash",
    'a: "x" y': "this line does not continue",
    "a:\n  b: 1\n c: 2": "this line does not continue",
    "- a\nb: 1": "this line does not continue",
    "a: ]": "a value is missing here",
    "a: \x01": "a control character",
    "a: !x!y z": "from here on it cannot be read",
}


@pytest.mark.parametrize("loader", [yaml.SafeLoader, yaml.CSafeLoader])
@pytest.mark.parametrize(("text", "reason"), SLIPS.items())
def test_a_slip_is_explained_alike_by_both_makes_of_the_parser(text: str, reason: str, loader: Any) -> None:
    with pytest.raises(yaml.YAMLError) as error:
        list(yaml.parse(text, Loader=loader))
    said, accepted = what_is_no_yaml(error.value)
    assert said.startswith(f"no YAML: {reason}")
    assert accepted


def test_what_only_one_make_notices_is_explained() -> None:
    with pytest.raises(yaml.YAMLError) as error:
        list(yaml.parse("a: {b: 1\n\tc: 2}", Loader=yaml.CSafeLoader))
    assert what_is_no_yaml(error.value)[0] == "no YAML: a tab in front of a line"
