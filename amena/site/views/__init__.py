"""The account's pages, and what operators' programs ask for."""
