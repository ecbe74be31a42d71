package com.acme.shop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ShopTest {
    @Test
    void greets() {
        assertTrue(new Shop().index().startsWith("Hello"));
    }
}
