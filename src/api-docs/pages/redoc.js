/* global Redoc, document */

/** /redoc: the document in ReDoc, its styles allowed by the page's nonce. */
const { nonce } = document.currentScript;
Redoc.init(
  '/openapi.json',
  { nonce, disableSearch: false, hideDownloadButton: false },
  document.getElementById('document'),
);
