// SPDX-License-Identifier: Apache-2.0
package io.cleat.status;

import java.util.Optional;

/**
 * The clients of one coordinator: {@link #slotCount()} slots.
 *
 * <p>Threading: any thread.
 */
public final class ClientTable {
    private final ClientSlot[] slots;

    ClientTable(final StatusMemory memory) {
        slots = new ClientSlot[StatusFileDescriptor.CLIENT_SLOT_COUNT];
        for (int i = 0; i < slots.length; i++) {
            slots[i] = new ClientSlot(memory, i);
        }
    }

    /**
     * How many slots there are.
     *
     * @return 256.
     */
    public int slotCount() {
        return slots.length;
    }

    /**
     * A slot. Always the same object, no allocation.
     *
     * @param index 0 to slotCount - 1.
     * @return the slot.
     */
    public ClientSlot slot(final int index) {
        return slots[index];
    }

    /**
     * Claims a free slot for a client. By clients.
     *
     * @param clientId of the client, from {@link StatusHeader#takeClientId()}.
     * @return the slot, CLAIMED; nothing if all are taken.
     */
    public Optional<ClientSlot> claim(final long clientId) {
        // Clients begin at different slots, so that they do not all fight for the first.
        final int first = Math.floorMod(clientId, slots.length);
        for (int i = 0; i < slots.length; i++) {
            final ClientSlot slot = slots[(first + i) % slots.length];
            if (slot.stateAcquire() == ClientSlotState.FREE && slot.claim(clientId)) {
                return Optional.of(slot);
            }
        }
        return Optional.empty();
    }
}
