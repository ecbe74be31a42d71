<?php

// A development dependency: what the tests use, and the image must not hold.
function check(bool $holds, string $what): void
{
    if (!$holds) {
        throw new LogicException($what);
    }
}
