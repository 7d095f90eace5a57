// Four times a second, so that the display changes close to the second, wherever in a second the worker started.
setInterval(() => {
  postMessage(undefined);
}, 250);

export {};
