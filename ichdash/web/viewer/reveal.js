// Evidence that comes after the images, or goes again: a case is read blind until its result is
// revealed. Slice, window and zoom stay; only what shows the model's view changes.

function isRevealedOtherwise(before, data) {
  return before?.url === data.url && String(before.scores) !== String(data.scores);
}

function reveal(viewer, data) {
  viewer.heatOf.take(data);
  viewer.panel.showEvidence(data);
  if (viewer.volume?.has.every(Boolean)) viewer.panel.opened(viewer.volume);
}
