"""What a day's tour collects against simpler ways to choose it, by the number of candidates.

    python -m bench.tours                # the table of docs/decisions/0019-tours.md
    python -m bench.tours --seeds 3 --sizes 30,200

A city and its surroundings: prizes are skewed (few places hold much of what is obstructed), a tenth are unknown,
up to two places must be visited, half keep hours with a break of their own. A visit takes --minutes, the day is
from 9 to 18 with an hour of lunch, roads are 1.4 times the straight line at 25 km/h. Compared are: down the ranked
list as long as it fits, each place put where it costs least ("ranked"); the most prize for the minutes it costs
("rate"); the better of both ("greedy"); the solver's proposal made possible but not mended ("solver"); the tour
that Pandus proposes ("tour").
"""
