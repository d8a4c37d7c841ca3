"""From planes to segments and photographs."""
