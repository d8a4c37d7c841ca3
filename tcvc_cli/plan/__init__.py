"""Pure integers: from small luma frames to shots, anchors, clips and windows with blend weights."""
