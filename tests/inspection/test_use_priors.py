import pytest

from inspection.errors import InvalidInput
from inspection.use_priors import OWN_FILE, own_use_priors, read_use_priors

OWN = OWN_FILE.read_text(encoding="utf-8")


def test_the_priors_that_come_with_pandus_say_that_they_are_placeholders() -> None:
    priors = own_use_priors()
    assert priors.placeholder
    assert all(prior.placeholder for prior in priors.by_kind.values())
    assert (priors.of("pharmacy").mean, priors.of("pharmacy").shape) == pytest.approx((60, 1.5))


def test_a_kind_that_is_not_named_is_expected_to_be_like_other_kinds() -> None:
    assert own_use_priors().of("day_centre").mean == pytest.approx(10)


@pytest.mark.parametrize(
    ("was", "becomes", "pointer"),
    [
        ("pharmacy: 60", "pharmacy: 0", "/visits_a_month/pharmacy"),
        ("pharmacy: 60", "pharmacy: .nan", "/visits_a_month/pharmacy"),
        (", other: 10", "", "/visits_a_month"),
        ("vision: 0.15", "vision: 0.25", "/group_shares"),
        ("vision: 0.15, ", "", "/group_shares"),
        ("shape: 1.5", "shape: -1", "/shape"),
        ("placeholder: true", "placeholder: perhaps", "/placeholder"),
        ("pandus-use-priors/1", "pandus-checklist/1", "/schema"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place_of_the_fault(was: str, becomes: str, pointer: str) -> None:
    assert was in OWN
    with pytest.raises(InvalidInput) as refused:
        read_use_priors(OWN.replace(was, becomes))
    assert [fault.pointer for fault in refused.value.faults] == [pointer]
