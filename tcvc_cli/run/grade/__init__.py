"""A finished colour film in other colours, without the network: its luma stays, its chroma is graded."""
