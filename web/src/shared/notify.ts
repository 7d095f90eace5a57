import workerUrl from './notify.worker.ts?worker&url';

export const canNotify = (): boolean => 'Notification' in globalThis;

/** Shows the browser's permission prompt. @returns whether notifications are permitted */
export async function askToNotify(): Promise<boolean> {
  const isGranted = canNotify() && (await Notification.requestPermission()) === 'granted';
  // Phones show a page's notifications only through a service worker, which takes a while to register.
  if (isGranted && 'serviceWorker' in navigator) {
    await navigator.serviceWorker.register(workerUrl, { type: 'module' }).catch(() => undefined);
  }
  return isGranted;
}

export const mayNotify = (): boolean => canNotify() && Notification.permission === 'granted';

/** Shows a notification in whichever way this browser supports. Failures are ignored: notifications are optional. */
export async function notify(title: string, body: string): Promise<void> {
  if (!mayNotify()) return;
  const options = { body, tag: 'metronome' };
  try {
    new Notification(title, options);
  } catch {
    const registration = await navigator.serviceWorker.getRegistration(workerUrl);
    await registration?.showNotification(title, options).catch(() => undefined);
  }
}
