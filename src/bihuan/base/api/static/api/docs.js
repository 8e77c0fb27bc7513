// Draws the description of the API; runs after the packaged Swagger UI.
const box = document.getElementById("swagger-ui");
window.SwaggerUIBundle({
  url: box.dataset.url,
  domNode: box,
  deepLinking: true,
  requestInterceptor: (request) => {
    request.headers["X-CSRFToken"] = box.dataset.csrf;
    return request;
  },
});
