/* global SwaggerUIBundle, window */

/** /docs: the document in Swagger UI. `#legacy`, the target of links in responses to old clients, opens that part. */
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
    // The default validator is an external server.
    validatorUrl: null,
  });
});
