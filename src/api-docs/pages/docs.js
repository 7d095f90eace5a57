/* global SwaggerUIBundle, window */

/** /docs: the document in Swagger UI. `#legacy`, which old clients' answers link to, opens that part. */
window.addEventListener('load', () => {
  if (window.location.hash === '#legacy') window.location.hash = '#/Legacy';
  SwaggerUIBundle({
    url: '/openapi.json',
    dom_id: '#document',
    deepLinking: true,
    docExpansion: 'none',
    filter: true,
    persistAuthorization: true,
    tryItOutEnabled: true,
    // Its validator is a server elsewhere.
    validatorUrl: null,
  });
});
