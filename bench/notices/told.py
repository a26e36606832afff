"""The ledger of a made-up country: everything that has a date was told when it was found."""

TOLD = """
    INSERT INTO told (home_region, id, rev, country, region_code, district_code, facility_id, violation_id,
                      criterion, place, stood_at, say, due_on, told_at, document_id)
    SELECT home_region, id, 1, country, region_code, district_code, facility_id, id, criterion,
           place, opened_at, 'prescribed', due_on, opened_at, prescription_id
    FROM violations WHERE due_on IS NOT NULL
"""
