"""Operations on pictures that several stages share: fills, directions and windows."""
