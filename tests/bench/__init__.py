"""The benchmarks themselves: what they compare must be what they say."""
