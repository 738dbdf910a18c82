"""What is measured rather than tested: each module prints its figures, and no test runs it."""
