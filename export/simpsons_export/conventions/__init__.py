"""How pictures become the input of a network: conventions, their graph, and how they are found out."""
