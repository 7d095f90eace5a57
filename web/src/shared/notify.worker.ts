// It only has to be there: showing a notification is all that it is registered for.
self.addEventListener('notificationclick', (event) => {
  (event as Event & { readonly notification: Notification }).notification.close();
});

export {};
