// @ts-check
/** The browser's databases (IndexedDB), where it has any. */

/**
 * @param {string} name @param {number} version
 * @param {(database: IDBDatabase) => void} build makes its stores; those of an earlier version may be there
 * @returns {Promise<IDBDatabase | null>} null: this browser keeps nothing
 */
export function openDatabase(name, version, build) {
  return new Promise((resolve) => {
    try {
      const asked = indexedDB.open(name, version);
      asked.onupgradeneeded = () => build(asked.result);
      asked.onsuccess = () => resolve(asked.result);
      asked.onblocked = asked.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}

/** @template T @param {IDBRequest<T>} asked @returns {Promise<T>} */
export function resultOf(asked) {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

/** Deletes rows that nobody came back to. @param {IDBDatabase} database @param {string} store @param {(row: any) => boolean} isOld */
export function forgetRows(database, store, isOld) {
  const asked = database.transaction(store, "readwrite").objectStore(store).openCursor();
  asked.onsuccess = () => {
    const cursor = asked.result;
    if (!cursor) return;
    if (isOld(cursor.value)) cursor.delete();
    cursor.continue();
  };
}
