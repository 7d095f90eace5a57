/** The function that is used from a package without type declarations. */
declare module 'fs-native-extensions' {
  /**
   * Takes an exclusive lock on a range of an open file, which must be writable. The lock belongs to the open file: it
   * is released at the last close, including the end of every process that has the file open.
   * @returns false when another open file holds the lock
   */
  export function tryLock(fd: number, offset: number, length: number): boolean;
}
