"""What operators answer to prescriptions without an account, and what officials say to that."""
