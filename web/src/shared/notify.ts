import workerUrl from './notify.worker.ts?worker&url';

export const canNotify = (): boolean => 'Notification' in globalThis;

/** Asks the browser's own question. @returns whether notifications may be shown */
export async function askToNotify(): Promise<boolean> {
  const isGranted = canNotify() && (await Notification.requestPermission()) === 'granted';
  // Phones show a page's notifications through a service worker only, which takes a while to be there.
  if (isGranted && 'serviceWorker' in navigator) {
    await navigator.serviceWorker.register(workerUrl, { type: 'module' }).catch(() => undefined);
  }
  return isGranted;
}

export const mayNotify = (): boolean => canNotify() && Notification.permission === 'granted';

/** A notification, in whichever way this browser has. It is a courtesy: where it fails, nothing is said. */
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
