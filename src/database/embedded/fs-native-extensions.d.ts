/** The one function that we use of a package that carries no types. */
declare module 'fs-native-extensions' {
  /**
   * An exclusive lock on a part of an open file, which must have been opened for writing. It belongs to the open file: its
   * last close, also by the end of every process that has it, releases it.
   * @returns false when another open file has it
   */
  export function tryLock(fd: number, offset: number, length: number): boolean;
}
