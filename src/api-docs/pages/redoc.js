/* global Redoc, document */

/** /redoc: the document in ReDoc. */
Redoc.init('/openapi.json', { hideLoading: true }, document.getElementById('document'));
