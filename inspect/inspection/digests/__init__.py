"""The weekly digest (апталық шолу): what officials hear once a week about all their areas."""
