// Registered only because notifications require a service worker.
self.addEventListener('notificationclick', (event) => {
  (event as Event & { readonly notification: Notification }).notification.close();
});

export {};
