"""How long what belongs to signing in lasts."""

from datetime import timedelta

IDLE = timedelta(hours=2)  # without a request, after which a session is over
LASTS = timedelta(hours=12)  # of a session at most: a working day
SEEN_EVERY = timedelta(minutes=5)  # how coarsely a session remembers when it was used
MOST_SESSIONS = 20  # of one person; the oldest makes room
INVITATION_LASTS = timedelta(hours=72)
PENDING_LASTS = timedelta(minutes=15)  # for proving that a new app makes the right codes
FORGOTTEN = timedelta(days=1)  # failures, after the last of them
ENDED_KEPT = timedelta(days=180)  # sessions and invitations that are over, for whoever looks into a misuse
