"""`python -m tests.console`: bring the catalogs up to what the pages say, and name what is not translated."""

from tests.console.catalogs import TRANSLATED, bring_up

for language in TRANSLATED:
    missing = bring_up(language)
    print(f"{language}: {len(missing)} without a translation", *missing, sep="\n  ")  # noqa: T201
