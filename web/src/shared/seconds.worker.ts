// Four times a second, so that what is shown changes close to the second whenever that begins.
setInterval(() => {
  postMessage(undefined);
}, 250);

export {};
