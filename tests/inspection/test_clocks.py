from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspection.clocks import (
    TOLERANCE,
    Anchor,
    CorrectedTime,
    TimeSource,
    corrected_time,
    day_ends,
    last_moment,
    time_set_by_person,
)
from inspection.errors import InvalidInput

ENROLLED = datetime(2026, 1, 10, 6, tzinfo=UTC)
RECEIVED = datetime(2026, 3, 20, 12, tzinfo=UTC)
FINISHED = datetime(2026, 3, 18, 9, 30, tzinfo=UTC)  # when it truly was
UNCERTAIN = CorrectedTime(None, TimeSource.UNCERTAIN)
HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)


def anchored(
    heard: datetime = FINISHED - DAY,
    elapsed: timedelta = DAY,
    *,
    boot_id: str = "boot-1",
    device_time: datetime = FINISHED,
    sent_at: datetime | None = RECEIVED,
) -> CorrectedTime:
    anchor = Anchor(heard, elapsed, boot_id)
    return corrected_time(device_time, received_at=RECEIVED, enrolled_at=ENROLLED, sent_at=sent_at, anchor=anchor)


def by_clock(device_time: datetime, sent_at: datetime | None = RECEIVED) -> CorrectedTime:
    return corrected_time(device_time, received_at=RECEIVED, enrolled_at=ENROLLED, sent_at=sent_at)


class TestAnchored:
    @pytest.mark.parametrize("wrong", [datetime(1970, 1, 1, tzinfo=UTC), FINISHED + 5 * YEAR, FINISHED])
    def test_an_anchor_decides_whatever_the_clock_shows(self, wrong: datetime) -> None:
        assert anchored(device_time=wrong) == CorrectedTime(FINISHED, TimeSource.ANCHOR)

    @pytest.mark.parametrize(
        ("heard", "elapsed", "boot_id"),
        [
            (FINISHED, -HOUR, "boot-1"),
            (FINISHED, HOUR, " "),
            (ENROLLED - DAY, 3 * DAY, "boot-1"),
            (RECEIVED + DAY, timedelta(0), "boot-1"),
        ],
    )
    def test_an_anchor_that_cannot_be_true_is_passed_over_for_the_clock(
        self, heard: datetime, elapsed: timedelta, boot_id: str
    ) -> None:
        assert anchored(heard, elapsed, boot_id=boot_id) == CorrectedTime(FINISHED, TimeSource.SKEW)
        assert anchored(heard, elapsed, boot_id=boot_id, sent_at=None) == UNCERTAIN

    def test_an_anchor_that_leads_past_the_receipt_is_not_believed(self) -> None:
        assert anchored(FINISHED, 3 * DAY) == UNCERTAIN

    @pytest.mark.parametrize(("late", "at"), [(TOLERANCE, RECEIVED), (timedelta(seconds=5), RECEIVED)])
    def test_a_result_just_after_the_receipt_is_the_receipt(self, late: timedelta, at: datetime) -> None:
        assert anchored(RECEIVED - DAY, DAY + late) == CorrectedTime(at, TimeSource.ANCHOR)

    def test_a_result_just_before_the_enrolment_is_the_enrolment(self) -> None:
        early = anchored(ENROLLED - TOLERANCE, timedelta(seconds=10))
        assert early == CorrectedTime(ENROLLED, TimeSource.ANCHOR)

    def test_centuries_elapsed_are_uncertain_not_an_error(self) -> None:
        assert anchored(FINISHED, timedelta.max) == UNCERTAIN


class TestByTheClock:
    @pytest.mark.parametrize("wrong_by", [timedelta(0), HOUR, -HOUR, 5 * YEAR, -56 * YEAR])
    def test_a_clock_that_was_wrong_all_along_is_shifted_by_how_wrong_it_was_at_sending(
        self, wrong_by: timedelta
    ) -> None:
        assert by_clock(FINISHED + wrong_by, RECEIVED + wrong_by) == CorrectedTime(FINISHED, TimeSource.SKEW)

    def test_a_clock_in_1970_that_was_set_before_sending_is_uncertain(self) -> None:
        assert by_clock(datetime(1970, 1, 1, 0, 40, tzinfo=UTC)) == UNCERTAIN

    def test_a_clock_years_ahead_that_was_set_before_sending_is_uncertain(self) -> None:
        assert by_clock(FINISHED + 5 * YEAR) == UNCERTAIN

    def test_a_clock_at_the_end_of_time_is_uncertain_not_an_error(self) -> None:
        assert by_clock(datetime.max.replace(tzinfo=UTC), RECEIVED - YEAR) == UNCERTAIN

    def test_without_the_time_of_sending_the_skew_is_unknown(self) -> None:
        assert by_clock(FINISHED, None) == UNCERTAIN

    @pytest.mark.parametrize(
        ("past", "expected"),
        [
            (TOLERANCE, CorrectedTime(RECEIVED, TimeSource.SKEW)),
            (TOLERANCE + timedelta(microseconds=1), UNCERTAIN),
        ],
    )
    def test_the_bound_at_receipt_is_exact(self, past: timedelta, expected: CorrectedTime) -> None:
        assert by_clock(RECEIVED + past) == expected

    @pytest.mark.parametrize(
        ("past", "expected"),
        [
            (TOLERANCE, CorrectedTime(ENROLLED, TimeSource.SKEW)),
            (TOLERANCE + timedelta(microseconds=1), UNCERTAIN),
        ],
    )
    def test_the_bound_at_enrolment_is_exact(self, past: timedelta, expected: CorrectedTime) -> None:
        assert by_clock(ENROLLED - past) == expected

    def test_the_result_is_in_utc_whatever_zone_the_tablet_writes(self) -> None:
        local = FINISHED.astimezone(timezone(timedelta(hours=5)))
        corrected = by_clock(local).at
        assert (corrected, corrected and corrected.utcoffset()) == (FINISHED, timedelta(0))


@given(
    device=st.datetimes(timezones=st.just(UTC)),
    sent=st.none() | st.datetimes(timezones=st.just(UTC)),
    anchor=st.none()
    | st.builds(Anchor, st.datetimes(timezones=st.just(UTC)), st.timedeltas(), st.sampled_from(["", "boot-1"])),
)
@settings(database=None, deadline=None)
def test_whatever_a_tablet_claims_the_result_lies_between_enrolment_and_receipt_or_is_uncertain(
    device: datetime, sent: datetime | None, anchor: Anchor | None
) -> None:
    result = corrected_time(device, received_at=RECEIVED, enrolled_at=ENROLLED, sent_at=sent, anchor=anchor)
    assert (result.at is None) == (result.source is TimeSource.UNCERTAIN)
    assert result.at is None or ENROLLED <= result.at <= RECEIVED


class TestByAPerson:
    def test_a_person_may_set_a_date_before_the_enrolment_of_a_re_enrolled_tablet(self) -> None:
        set_to = ENROLLED - 30 * DAY
        assert time_set_by_person(set_to, received_at=RECEIVED) == CorrectedTime(set_to, TimeSource.PERSON)

    def test_a_person_cannot_date_an_audit_after_its_receipt(self) -> None:
        with pytest.raises(InvalidInput) as refused:
            time_set_by_person(RECEIVED + HOUR, received_at=RECEIVED)
        assert refused.value.faults[0].accepted == "at most 2026-03-20T12:00:00+00:00"


class TestLocalDays:
    def test_a_day_ends_at_local_midnight(self) -> None:
        assert day_ends(date(2026, 3, 11), ZoneInfo("Asia/Almaty")) == datetime(2026, 3, 11, 19, tzinfo=UTC)
        assert day_ends(date(2026, 3, 11), ZoneInfo("Asia/Bishkek")) == datetime(2026, 3, 11, 18, tzinfo=UTC)

    def test_almaty_was_an_hour_further_east_before_march_2024(self) -> None:
        assert day_ends(date(2024, 2, 1), ZoneInfo("Asia/Almaty")) == datetime(2024, 2, 1, 18, tzinfo=UTC)

    def test_the_last_moment_of_a_day_still_belongs_to_it(self) -> None:
        zone = ZoneInfo("Asia/Almaty")
        assert last_moment(date(2026, 3, 11), zone).astimezone(zone).date() == date(2026, 3, 11)

    def test_the_last_day_of_all_has_an_end(self) -> None:
        assert day_ends(date.max, ZoneInfo("Asia/Almaty")).year == 9999
