"use strict";
// Relative to /api/v1/docs. No validator badge: it would send the address of this server to a third party.
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#reference",
  deepLinking: true,
  validatorUrl: null,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  syntaxHighlight: { activated: false }, // it styles inline, which our Content-Security-Policy forbids
});
