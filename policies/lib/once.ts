/**
 * Several policies read the same: each reading is made once and shown to all. What is read is never written to.
 *
 * @param read is asked again where it has thrown, as it does at an unknown value
 */
export function once<Key extends object, Value>(read: (key: Key) => Value): (key: Key) => Value {
  const known = new WeakMap<Key, { readonly value: Value }>();
  return (key) => {
    let reading = known.get(key);
    if (!reading) known.set(key, (reading = { value: read(key) }));
    return reading.value;
  };
}
