/** The part of `fs-native-extensions` that `work` uses. The package has no types. */
declare module 'fs-native-extensions' {
  const extensions: {
    /** Locks an open file unless another open file holds the lock. Returns whether it did. */
    tryLock(this: void, fd: number): boolean
    /** Waits in the kernel until the lock is free, then takes it. */
    waitForLock(this: void, fd: number): Promise<void>
  }
  export = extensions
}
