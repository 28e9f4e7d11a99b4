//! The two languages of the hosted page. English is the key, as the sentences also reach the API.

use serde_json::Value;

/// The language of a page, from the session's `locale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tongue {
    English,
    Spanish,
}

impl Tongue {
    /// Spanish for `es`, `es-419` and the like, else English.
    pub(crate) fn of(session: &Value) -> Self {
        let locale = session["locale"].as_str().unwrap_or_default();
        if locale.starts_with("es") { Self::Spanish } else { Self::English }
    }

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }

    /// The sentence in this language; as it is when it has no translation.
    pub(crate) fn say(self, text: &str) -> &str {
        match self {
            Self::English => text,
            Self::Spanish => {
                let found = SPANISH.iter().find(|(english, _)| *english == text);
                found.map_or(text, |(_, spanish)| spanish)
            }
        }
    }
}

/// English and Spanish of everything a page says.
const SPANISH: &[(&str, &str)] = &[
    (
        "No money moves here. Never enter a real card or bank account.",
        "Aquí no se mueve dinero. Nunca escriba una tarjeta o cuenta bancaria real.",
    ),
    ("Pay", "Pagar"),
    ("Not paid.", "No se pagó."),
    ("Card", "Tarjeta"),
    ("Email", "Correo electrónico"),
    ("Name on card", "Nombre en la tarjeta"),
    ("(optional)", "(opcional)"),
    ("Card number", "Número de tarjeta"),
    ("Expires (MM/YY)", "Vence (MM/AA)"),
    ("Security code", "Código de seguridad"),
    ("by card", "con tarjeta"),
    ("Or pay at once with a test card", "O pague al instante con una tarjeta de prueba"),
    ("Test cards this payment does not accept", "Tarjetas de prueba que este pago no acepta"),
    ("credit cards are not accepted", "no se aceptan tarjetas de crédito"),
    ("debit cards are not accepted", "no se aceptan tarjetas de débito"),
    ("prepaid cards are not accepted", "no se aceptan tarjetas prepagadas"),
    ("US bank account (ACH)", "Cuenta bancaria de EE. UU. (ACH)"),
    ("Routing number", "Número de ruta"),
    ("Account number", "Número de cuenta"),
    ("by bank account", "con cuenta bancaria"),
    (
        "Or pay at once with a test bank account",
        "O pague al instante con una cuenta bancaria de prueba",
    ),
    (
        "By paying by bank account you authorize this sandbox to pretend to debit the account for \
         the amount above, and to pretend to correct errors. A real page shows the debit \
         authorization (Nacha) here.",
        "Al pagar con cuenta bancaria, usted autoriza a este simulador a fingir un débito de la \
         cuenta por el importe indicado y a fingir la corrección de errores. Una página real \
         muestra aquí la autorización de débito (Nacha).",
    ),
    ("Cancel and return to the merchant", "Cancelar y volver al comercio"),
    ("Return to the merchant", "Volver al comercio"),
    ("Continue", "Continuar"),
    ("Payment received", "Pago recibido"),
    (
        "This payment was already made. Nothing more will be charged.",
        "Este pago ya se hizo. No se cobrará nada más.",
    ),
    ("Page expired", "La página venció"),
    (
        "This payment page has expired. Nothing was charged.",
        "Esta página de pago venció. No se cobró nada.",
    ),
    ("Confirm it is you", "Confirme que es usted"),
    ("Your bank asks: is it you?", "Su banco pregunta: ¿es usted?"),
    (
        "A payment with your test card waits for your answer:",
        "Un pago con su tarjeta de prueba espera su respuesta:",
    ),
    ("Approve the payment", "Aprobar el pago"),
    ("Fail the authentication", "Rechazar la autenticación"),
    (
        "The routing number of the test bank is 110000000.",
        "El número de ruta del banco de prueba es 110000000.",
    ),
    (
        "This sandbox takes the listed test bank accounts only.",
        "Este simulador solo acepta las cuentas de prueba de la lista.",
    ),
    (
        "Enter a card number or choose a test card.",
        "Escriba un número de tarjeta o elija una tarjeta de prueba.",
    ),
    (
        "This sandbox takes the listed test cards only. Never enter a real card.",
        "Este simulador solo acepta las tarjetas de prueba de la lista. Nunca escriba una tarjeta \
         real.",
    ),
    (
        "Your card's security code is incomplete.",
        "El código de seguridad de su tarjeta está incompleto.",
    ),
    (
        "Your card's expiration date is incomplete.",
        "La fecha de vencimiento de su tarjeta está incompleta.",
    ),
    ("Your card's expiration year is in the past.", "El año de vencimiento de su tarjeta ya pasó."),
    (
        "This merchant does not accept credit cards for this payment. Use another card or a bank \
         account. You have not been charged.",
        "Este comercio no acepta tarjetas de crédito para este pago. Use otra tarjeta o una \
         cuenta bancaria. No se le ha cobrado nada.",
    ),
    (
        "This merchant does not accept debit cards for this payment. Use another card or a bank \
         account. You have not been charged.",
        "Este comercio no acepta tarjetas de débito para este pago. Use otra tarjeta o una cuenta \
         bancaria. No se le ha cobrado nada.",
    ),
    (
        "This merchant does not accept prepaid cards for this payment. Use another card or a bank \
         account. You have not been charged.",
        "Este comercio no acepta tarjetas prepagadas para este pago. Use otra tarjeta o una \
         cuenta bancaria. No se le ha cobrado nada.",
    ),
    ("This payment does not take cards.", "Este pago no acepta tarjetas."),
    ("This payment does not take bank accounts.", "Este pago no acepta cuentas bancarias."),
    ("Your card was declined.", "Su tarjeta fue rechazada."),
    ("Your card has insufficient funds.", "Su tarjeta no tiene fondos suficientes."),
    ("Your card has expired.", "Su tarjeta está vencida."),
    (
        "Your card's security code is incorrect.",
        "El código de seguridad de su tarjeta es incorrecto.",
    ),
    (
        "An error occurred while processing your card. Try again in a little bit.",
        "Hubo un error al procesar su tarjeta. Inténtelo de nuevo en un momento.",
    ),
    (
        "We are unable to authenticate your payment method. Please choose a different payment \
         method and try again.",
        "No pudimos autenticar su método de pago. Elija otro e inténtelo de nuevo.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instruments::{CARDS, CardBehaviour};

    #[test]
    fn every_decline_is_told_in_spanish() {
        for card in CARDS {
            if let CardBehaviour::Declines { message, .. } = card.behaviour {
                assert_ne!(Tongue::Spanish.say(message), message);
            }
        }
    }

    #[test]
    fn the_locale_of_the_session_decides() {
        assert_eq!(Tongue::of(&serde_json::json!({"locale": "es-419"})), Tongue::Spanish);
        assert_eq!(Tongue::of(&serde_json::json!({"locale": null})), Tongue::English);
    }
}
