"""`python -m tests.console`: bring the catalogs of the console up to what its pages say, and name what is missing."""

from tests.console.catalogs import TRANSLATED, bring_up

for language in TRANSLATED:
    missing = bring_up(language)
    print(f"{language}: {len(missing)} without a translation", *missing, sep="\n  ")  # noqa: T201
